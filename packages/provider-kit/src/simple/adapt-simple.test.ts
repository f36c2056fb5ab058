import { callContext, deletionOf, podOf, refOf, requestOf } from '@virtual-kubelet/testing';
import { failures } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import { toyProvider } from '../../test/toy-provider.js';
import { adaptSimple, simpleAnnotations } from './adapt-simple.js';

const context = callContext();
const pod = podOf();
const ref = refOf(pod);

describe('an adapted provider of the simple shape', () => {
  it('knows whose a pod is and which attempt it is by the annotations it was given', async () => {
    const toy = toyProvider(false);
    const provider = adaptSimple(toy, { node: 'vk', cluster: 'c1' });
    await provider.createPod(requestOf(pod, { attempt: 3 }), context);
    expect((await provider.getPods(context)).pods).toMatchObject([{ ref, node: 'vk', cluster: 'c1', attempt: 3 }]);
    expect(await provider.getPod(ref, context)).toMatchObject({ node: 'vk', cluster: 'c1', attempt: 3 });
    expect(toy.pods.get('default/web')?.metadata?.annotations).toEqual({
      [simpleAnnotations.cluster]: 'c1',
      [simpleAnnotations.attempt]: '3',
    });
  });

  it('says nothing of whose a pod is that it did not make', async () => {
    const toy = toyProvider(false);
    toy.pods.set('default/web', pod);
    const [found] = (await adaptSimple(toy, { node: 'vk', cluster: 'c1' }).getPods(context)).pods;
    expect(found?.attempt).toBe(1);
    expect(found).not.toHaveProperty('cluster');
    expect(found).not.toHaveProperty('node');
  });

  it('asks for the status of pods that are listed without one', async () => {
    const toy = toyProvider(false);
    const asked: string[] = [];
    const provider = adaptSimple(
      {
        ...toy,
        getPods: async () => [pod, podOf({ name: 'known', uid: 'k' }), { ...pod, status: { phase: 'Pending' } }],
        async getPodStatus(namespace, name) {
          asked.push(`${namespace}/${name}`);
          return name === 'web' ? { phase: 'Running' } : undefined;
        },
      },
      { node: 'vk' },
    );
    const { pods } = await provider.getPods(context);
    expect(pods.map(({ status }) => status?.phase)).toEqual(['Running', undefined, 'Pending']);
    expect(asked).toEqual(['default/web', 'default/known']);
  });

  it('does not resolve what the provider does not want resolved', async () => {
    const toy = toyProvider(false);
    await adaptSimple(toy, { node: 'vk', env: false }).createPod(requestOf(pod), context);
    expect(toy.pods.get('default/web')?.spec?.containers).toBe(pod.spec?.containers);
  });

  it('waits for a predecessor of the same name, and for an earlier attempt', async () => {
    const toy = toyProvider(false);
    const provider = adaptSimple(toy, { node: 'vk' });
    await provider.createPod(requestOf(pod), context);
    await provider.createPod(requestOf(pod), context);
    expect(toy.calls).toEqual(['create default/web']);
    const young = podOf({ uid: 'young' });
    for (const request of [requestOf(young), requestOf(pod, { attempt: 2 })]) {
      await expect(provider.createPod(request, context)).rejects.toMatchObject({ failure: { kind: 'Retryable' } });
    }
    for (const call of [
      provider.deletePod(refOf(young), deletionOf(), context),
      provider.updatePod({ ...requestOf(young), changes: [] }, context),
    ]) {
      await expect(call).rejects.toMatchObject({ failure: { kind: 'NotFound' } });
    }
  });

  it('takes NotFound for absence, and no other failure', async () => {
    const toy = toyProvider(false);
    const gone = adaptSimple({ ...toy, getPod: () => Promise.reject(failures.notFound('gone')) }, { node: 'vk' });
    expect(await gone.getPodStatus(ref, context)).toBeUndefined();
    const blind = adaptSimple({ ...toy, getPod: () => Promise.reject(new Error('no route')) }, { node: 'vk' });
    await expect(blind.getPod(ref, context)).rejects.toThrow('no route');
  });

  it('can whatever else the provider can, and nothing more', async () => {
    const toy = toyProvider(true);
    const exec = async () => ({ exitCode: 4 });
    const provider = adaptSimple({ ...toy, exec }, { node: 'vk' });
    const call = { streams: { tty: false }, context };
    expect(await provider.exec?.({ pod: ref, container: 'c' }, [], call)).toEqual({ exitCode: 4 });
    expect(provider.ping).toBeDefined();
    expect(provider.attach).toBeUndefined();
    expect(adaptSimple(toyProvider(false), { node: 'vk' }).notifyPods).toBeUndefined();
  });

  it('tells of the end of a subscription to nobody', async () => {
    const toy = toyProvider(true);
    const provider = adaptSimple(toy, { node: 'vk' });
    const told: string[] = [];
    const stop = new AbortController();
    provider.notifyPods?.(
      {
        observed: ({ ref: of }) => void told.push(of.name),
        missing: (of) => void told.push(`missing ${of.name}`),
        synced: () => void told.push('synced'),
        interrupted: () => undefined,
      },
      callContext({ signal: stop.signal }),
    );
    await provider.createPod(requestOf(pod), context);
    await provider.deletePod(ref, deletionOf(), context);
    stop.abort();
    await provider.createPod(requestOf(pod), context);
    await provider.deletePod(ref, deletionOf(), context);
    expect(told).toEqual(['synced', 'web', 'missing web']);
  });
});
