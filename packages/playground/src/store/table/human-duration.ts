/** Durations as kubectl prints ages: short, with two units where the first alone says too little. */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** Up to which duration which units are shown: the second only where it is not zero. */
const steps: readonly { readonly below: number; readonly units: readonly (readonly [string, number])[] }[] = [
  { below: 2 * minute, units: [['s', second]] },
  {
    below: 10 * minute,
    units: [
      ['m', minute],
      ['s', second],
    ],
  },
  { below: 3 * hour, units: [['m', minute]] },
  {
    below: 8 * hour,
    units: [
      ['h', hour],
      ['m', minute],
    ],
  },
  { below: 2 * day, units: [['h', hour]] },
  {
    below: 8 * day,
    units: [
      ['d', day],
      ['h', hour],
    ],
  },
  { below: 2 * year, units: [['d', day]] },
  {
    below: 8 * year,
    units: [
      ['y', year],
      ['d', day],
    ],
  },
  { below: Infinity, units: [['y', year]] },
];

/** A duration in milliseconds as text; a clock that is slightly ahead counts as now (apimachinery:pkg/util/duration). */
export function humanDuration(milliseconds: number): string {
  if (milliseconds <= -2 * second) return '<invalid>';
  const left = Math.max(0, milliseconds);
  const { units } = steps.find((step) => left < step.below) ?? { units: [] };
  let rest = left;
  const parts = units.map(([name, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return { count, text: `${count}${name}` };
  });
  return parts
    .filter(({ count }, index) => index === 0 || count > 0)
    .map(({ text }) => text)
    .join('');
}
