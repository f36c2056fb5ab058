import type { WantedCondition } from '@virtual-kubelet/node';

/** How far a serving certificate of the cluster got. Times in milliseconds since the epoch. */
export interface CertificateProgress {
  /** The life of the one in use; absent: there is none yet. */
  readonly validity?: { readonly notBefore: number; readonly notAfter: number };
  /** Name of the request that waits for somebody's approval. */
  readonly waiting?: string;
  /** What was said to the last request, where that was no. */
  readonly refusal?: string;
}

const type = 'ServingCertificateIssued';
/** A renewal has this part of the certificate's life left for its approval before anybody is alarmed: it is asked for at 70 to 90 percent. */
const calm = 0.95;

function approval(request: string): string {
  return `kubectl certificate approve ${request}`;
}

function missing({ waiting, refusal }: CertificateProgress): WantedCondition {
  if (waiting !== undefined)
    return {
      type,
      status: 'False',
      reason: 'WaitsForApproval',
      message: `the kubelet API refuses connections until its certificate is approved: ${approval(waiting)}`,
    };
  if (refusal !== undefined)
    return { type, status: 'False', reason: 'Refused', message: `${refusal}; the kubelet API refuses connections` };
  return { type, status: 'Unknown', reason: 'Requested', message: 'the certificate is being asked for' };
}

/** What the Node says of the certificate of its kubelet API, where the cluster issues it. */
export function certificateCondition(progress: CertificateProgress, now: number): WantedCondition {
  const { validity, waiting, refusal } = progress;
  if (!validity) return missing(progress);
  const { notBefore, notAfter } = validity;
  if (now < notBefore + calm * (notAfter - notBefore))
    return { type, status: 'True', reason: 'Issued', message: 'the kubelet API has its certificate' };
  const why = waiting === undefined ? (refusal ?? 'its renewal is late') : approval(waiting);
  const message = `the certificate of the kubelet API ends at ${new Date(notAfter).toISOString()}: ${why}`;
  return { type, status: 'False', reason: 'NotRenewed', message };
}
