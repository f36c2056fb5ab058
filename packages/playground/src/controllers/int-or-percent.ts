/** Numbers that may be a share of something, such as `25%`. */

/** The number, or the share of a total rounded as asked; 0 for what cannot be read. */
export function scaled(value: string | number | undefined, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value ?? '')?.[1];
  if (percent === undefined) return 0;
  const share = (Number(percent) * total) / 100;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}
