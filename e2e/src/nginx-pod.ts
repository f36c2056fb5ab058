import { readFileSync } from 'node:fs';

/** The pod of the README, word for word. */
export const nginxPod: string = readFileSync(new URL('../../docs/examples/nginx.yaml', import.meta.url), 'utf8');
