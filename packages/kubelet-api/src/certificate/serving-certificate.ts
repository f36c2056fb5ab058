/** A certificate with its key, PEM. */
export interface CertificateAndKey {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** What the API shows itself with; it may change while it serves. */
export interface ServingCertificate {
  /** Undefined while there is none yet: connections are refused then. */
  readonly current: CertificateAndKey | undefined;
  /** Calls back after each change. Returns the way to stop. */
  subscribe(changed: () => void): () => void;
  close(): Promise<void>;
}

/** A slot for a certificate that tells of its changes. */
export interface CertificateSlot extends Omit<ServingCertificate, 'close'> {
  set(value: CertificateAndKey): void;
}

/** Makes a {@link CertificateSlot}. */
export function certificateSlot(first?: CertificateAndKey): CertificateSlot {
  let current = first;
  const listeners = new Set<() => void>();
  return {
    get current() {
      return current;
    },
    subscribe(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    set(value) {
      current = value;
      for (const listener of listeners) listener();
    },
  };
}
