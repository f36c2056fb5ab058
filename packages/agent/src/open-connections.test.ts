import type { Transport, TransportRequest, TransportResponse } from '@virtual-kubelet/base';
import { deferred } from '@virtual-kubelet/base';
import { expect, it } from 'vitest';
import { openConnections } from './open-connections.js';

it('asks in the lane of pods, all at once, and takes refusals for answers', async () => {
  const asked: TransportRequest[] = [];
  const answer = deferred<TransportResponse>();
  const request: Transport['request'] = (one) => {
    asked.push(one);
    return asked.length === 2 ? Promise.reject(new Error('refused')) : answer.promise;
  };
  const opening = openConnections({ request });
  expect(asked.map(({ method, path, lane }) => `${method} ${path} ${lane}`)).toEqual(
    Array.from({ length: 4 }, () => 'GET /version pods'),
  );
  answer.resolve({ status: 200, headers: {}, body: new Uint8Array() });
  await expect(opening).resolves.toBeUndefined();
});
