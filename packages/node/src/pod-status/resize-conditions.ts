import type { UpdateOutcome } from '@virtual-kubelet/provider';
import { clipped } from './normal-values.js';

/** What a resize condition says; these are only ever True or absent. */
export interface ResizeFinding {
  readonly status: 'True';
  readonly reason?: string;
  readonly message?: string;
}

const longestMessage = 1_024;

type Refused = Extract<UpdateOutcome, { readonly message: string }>;

function of(outcomes: readonly UpdateOutcome[], ...results: readonly UpdateOutcome['result'][]): readonly Refused[] {
  return outcomes.filter((o): o is Refused => results.includes(o.result) && 'message' in o);
}

/** One container's message as it is; several with the container they are about. */
function said(refused: readonly Refused[]): string {
  const about = (o: Refused): string => ('container' in o ? `${o.container}: ${o.message}` : o.message);
  const text = refused.length === 1 ? (refused[0]?.message ?? '') : refused.map(about).join('; ');
  return clipped(text, longestMessage);
}

function because(reason: string, refused: readonly Refused[]): ResizeFinding {
  const message = said(refused);
  return { status: 'True', reason, ...(message === '' ? {} : { message }) };
}

/**
 * What became of changed resources, as conditions (KEP-1287). A resize that needs a restart nobody does is infeasible:
 * without an answer users would wait for ever.
 */
export function resizeFindings(outcomes: readonly UpdateOutcome[] | undefined): readonly [string, ResizeFinding][] {
  const resizes = outcomes?.filter((outcome) => outcome.change === 'resources') ?? [];
  const found: [string, ResizeFinding][] = [];
  const never = of(resizes, 'infeasible', 'restartRequired');
  const later = of(resizes, 'deferred');
  const failed = of(resizes, 'failed');
  if (never.length > 0) found.push(['PodResizePending', because('Infeasible', never)]);
  else if (later.length > 0) found.push(['PodResizePending', because('Deferred', later)]);
  if (failed.length > 0) found.push(['PodResizeInProgress', because('Error', failed)]);
  else if (resizes.some((o) => o.result === 'inProgress')) found.push(['PodResizeInProgress', { status: 'True' }]);
  return found;
}
