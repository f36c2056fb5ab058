/** The whole server as a function of requests: handles one after the other, keeps what they leave behind. */
import type { Answer } from './answer.js';
import { answer } from './answer.js';
import { checkAccess } from './authorization.js';
import type { ApplyContext, Call, StoreSettings } from './call.js';
import { isImplemented } from './implemented.js';
import { kubeletAnswer } from './kubelet/kubelet-answer.js';
import { discoveryAnswer } from './discovery/discovery.js';
import type { StoreEvent } from './history.js';
import { metricsAnswer } from './metrics/metrics-answer.js';
import { notImplemented, Refusal } from './refusal.js';
import { represented } from './representation.js';
import type { ApiRequest, HttpMessage, ResourceRequest } from './request.js';
import { parseRequest } from './parse-request.js';
import type { Served } from './served.js';
import { followServed, knownResource } from './served.js';
import type { State, StateOptions } from './state.js';
import { createState } from './state.js';
import { act, createObject } from './verbs/create.js';
import { deleteCollection, deleteObject } from './verbs/delete.js';
import { getObject, listObjects, watchObjects } from './verbs/read.js';
import { patchObject, replaceObject } from './verbs/update.js';

/** An API server without time, randomness or sockets. */
export interface Store {
  readonly state: State;
  readonly settings: StoreSettings;
  /** What is served now. */
  readonly served: Served;
  /** Handles a request. The outcome is an answer in every case; nothing is thrown for what a client can cause. */
  apply(request: ApiRequest, context: ApplyContext): Outcome;
  /** Reads and handles what HTTP carries, where its user may do that. */
  handle(message: HttpMessage, context: ApplyContext): Outcome;
}

/** What a request led to. */
export interface Outcome {
  readonly answer: Answer;
  /** The writes it caused, in order. */
  readonly events: readonly StoreEvent[];
}

/** Settings, all optional, and limits of the state. */
export interface StoreOptions extends StateOptions {
  readonly settings?: Partial<StoreSettings>;
}

const defaultSettings: StoreSettings = {
  tokens: { sign: () => '', verify: () => undefined },
  authorize: () => ({ allowed: true }),
  rootCertificate: '',
  serviceNetwork: '10.96',
  taintsNewNodes: false,
};

/** An empty server. */
export function createStore(options: StoreOptions = {}): Store {
  const state = createState(options);
  const settings = { ...defaultSettings, ...options.settings };
  const served = followServed(state);

  function observed(handle: () => Answer): Outcome {
    const events: StoreEvent[] = [];
    const stop = state.subscribe((event) => void events.push(event));
    try {
      return { answer: handle(), events };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { answer: answer(error.status.code ?? 500, error.status), events };
    } finally {
      stop();
    }
  }

  function answerTo(request: ApiRequest, context: ApplyContext): Answer {
    if (request.about === 'path') return discoveryAnswer(request.request, served());
    const call = { request: request.request, state, context, settings };
    const { resource } = request.request;
    return warned(represented(resourceAnswer(call), request.request, context.now), resource.deprecation);
  }

  return {
    state,
    settings,
    get served() {
      return served();
    },
    apply: (request, context) => observed(() => answerTo(request, context)),
    handle: (message, context) =>
      observed(() => {
        const request = parseRequest(message, { served: served(), readYaml: settings.readYaml });
        checkAccess(request, settings);
        return answerTo(request, context);
      }),
  };
}

/** Answers that are no objects have no place for warnings. */
function warned(given: Answer, text: string | undefined): Answer {
  return text === undefined || given.is !== 'object'
    ? given
    : { ...given, warnings: [text, ...(given.warnings ?? [])] };
}

const core = { nodes: knownResource('v1', 'nodes'), pods: knownResource('v1', 'pods') };

function resourceAnswer(call: Call): Answer {
  const { request } = call;
  const fromKubelets = kubeletAnswer(call) ?? metricsAnswer(call, core);
  if (fromKubelets !== undefined) return fromKubelets;
  checkImplemented(request);
  switch (request.verb) {
    case 'get':
      return getObject(call);
    case 'list':
      return listObjects(call);
    case 'watch':
      return watchObjects(call);
    case 'create':
      return request.subresource === undefined ? createObject(call) : act(call);
    case 'update':
      return replaceObject(call);
    case 'patch':
      return patchObject(call);
    case 'delete':
      return deleteObject(call);
    case 'deletecollection':
      return deleteCollection(call);
  }
}

function checkImplemented({ subresource, resource }: ResourceRequest): void {
  if (subresource !== undefined && !isImplemented(resource, subresource))
    throw notImplemented(`${resource.name}/${subresource}`);
}
