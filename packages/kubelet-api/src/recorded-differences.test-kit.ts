/** An answer without what no client looks at. */
export interface Said {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** Where this port answers otherwise than a kubelet, on purpose. */
export interface Difference {
  /** Fits the names of the requests: user, method, path, upgrade and protocols offered. */
  readonly of: RegExp;
  readonly reason: string;
  /** What is other in our answer. A header that is undefined is not there. */
  readonly ours: Partial<Said>;
}

const plain = { 'content-type': 'text/plain; charset=utf-8' };
const log = String.raw`^(full|reader) GET /containerLogs/default/web/c(\?(?!stream=Stdout|previous=|.*=(-1|0|x|1e3|yesterday|Nothing)|sinceSeconds).*)?$`;
const notFound = '404 page not found';

/** The first that fits a request counts. */
export const differences: readonly Difference[] = [
  { of: new RegExp(log), reason: 'a log says that it is text', ours: { headers: plain } },
  {
    of: /c\?stream=Stdout$/,
    reason: 'streams of a log can be had apart, which a kubelet does with a feature gate only',
    ours: { status: 200, headers: plain, body: 'one\ntwo' },
  },
  {
    of: /c\?previous=maybe$/,
    reason: 'the recorded runtime knows no earlier run, so it gave the present one',
    ours: { status: 400, headers: plain, body: 'previous terminated container "c" in pod "web" not found' },
  },
  {
    of: /GET \/runningpods$/,
    reason: 'a slash at the end does not matter, so nobody is sent elsewhere',
    ours: { status: 200, headers: { 'content-type': 'application/json' }, body: 'PodList of default/web/uid-1' },
  },
  {
    of: /GET \/logs$/,
    reason: 'a slash at the end does not matter, so nobody is sent elsewhere',
    ours: { status: 405, headers: plain, body: 'logs endpoint is disabled.' },
  },
  {
    of: /GET \/containerLogs\/default\/\/c$/,
    reason: 'paths are taken as they are',
    ours: { status: 404, headers: plain, body: notFound },
  },
  {
    of: /GET \/(exec|containerLogs\/default\/web)$/,
    reason: 'one text for all paths that are not there',
    ours: { body: notFound },
  },
  {
    of: /POST \/(healthz|configz|logs\/)$/,
    reason: 'what is read is read with GET only',
    ours: { status: 405, headers: { ...plain, allow: 'get' }, body: '405: Method Not Allowed' },
  },
  {
    of: /POST \/run\/default\/web/,
    reason: 'the output of a command is no JSON',
    ours: { headers: plain },
  },
  {
    of: /^full (GET|POST) \/(exec|attach|portForward)\/[^ ]*$/,
    reason: 'who asks for no upgrade made the mistake, not the node',
    ours: { status: 400 },
  },
  {
    of: /POST \/exec\/default\/web\/c\?output=1 SPDY/,
    reason: 'a command that is missing is told before the switch of protocols',
    ours: {
      status: 400,
      headers: { ...plain, connection: undefined, upgrade: undefined, 'x-stream-protocol-version': undefined },
      body: 'you must specify a command',
    },
  },
  {
    of: /SPDY\/3\.1$/,
    reason: 'how many headers a request had is of no use to anybody',
    ours: { body: 'unable to upgrade: header X-Stream-Protocol-Version is missing or names no protocol' },
  },
  {
    of: /websocket v9\.channel\.k8s\.io$/,
    reason: 'a refusal says why',
    ours: { headers: plain, body: 'requested protocol(s) are not supported: [v9.channel.k8s.io]' },
  },
  {
    of: /port=0 websocket/,
    reason: 'one text for all ports that are none',
    ours: { body: 'unable to parse "0" as a port' },
  },
  {
    of: /port=x websocket/,
    reason: 'the words of a library for numbers are not repeated',
    ours: { body: 'unable to parse "x" as a port' },
  },
  {
    of: /port=70000 websocket/,
    reason: 'the words of a library for numbers are not repeated',
    ours: { body: 'unable to parse "70000" as a port' },
  },
  {
    of: /^nobody GET \/(nothing|flagz|)$/,
    reason: 'strangers do not learn which paths there are',
    ours: { status: 401, body: 'Unauthorized' },
  },
  {
    of: /^powerless GET \/(nothing|flagz|)$/,
    reason: 'nor do those without rights',
    ours: {
      status: 403,
      body: 'Forbidden (user=powerless, verb=get, resource=nodes, subresource(s)=[proxy])',
    },
  },
  {
    of: /^powerless GET \/checkpoint/,
    reason: 'there are no checkpoints, so the path is one of those that are not there',
    ours: { body: 'Forbidden (user=powerless, verb=get, resource=nodes, subresource(s)=[proxy])' },
  },
  {
    of: /^reader GET \/exec.* websocket/,
    reason: 'running commands needs create, also by GET',
    ours: {
      status: 403,
      headers: {
        ...plain,
        connection: undefined,
        upgrade: undefined,
        'sec-websocket-accept': undefined,
        'sec-websocket-protocol': undefined,
      },
      body: 'Forbidden (user=reader, verb=create, resource=nodes, subresource(s)=[proxy])',
    },
  },
];
