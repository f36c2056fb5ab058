/** What one session may cost, however its client behaves. Sizes are in bytes. */
export interface StreamLimits {
  /** SPDY streams open at the same time in one session; two for each forwarded connection. Default 2048. */
  readonly streams: number;
  /** Payload of one SPDY control frame, compressed. Default 16 KiB. */
  readonly controlFrame: number;
  /** One header block after decompression. Default 32 KiB. */
  readonly headerBlock: number;
  /** One WebSocket message. Default 16 MiB: some clients send a whole file as one message. */
  readonly message: number;
  /** Received and not yet read bytes of one stream; above it, reading from the socket pauses. Default 256 KiB. */
  readonly streamBuffer: number;
  /** The same for all streams of a session together. Default 4 MiB. */
  readonly sessionBuffer: number;
  /** One document on the resize channel, in characters. Default 1 KiB. */
  readonly resizeDocument: number;
}

/** Limits that stock clients never meet. */
export const defaultLimits: StreamLimits = {
  streams: 2048,
  controlFrame: 16 * 1024,
  headerBlock: 32 * 1024,
  message: 16 * 1024 * 1024,
  streamBuffer: 256 * 1024,
  sessionBuffer: 4 * 1024 * 1024,
  resizeDocument: 1024,
};
