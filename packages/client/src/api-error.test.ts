import { expect, test } from 'vitest';
import type { ApiError } from './api-error.js';
import {
  apiErrorOf,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isNotFound,
  isThrottled,
  isUnauthorized,
} from './api-error.js';

function answer(status: number, body: unknown, headers: Record<string, string> = {}): ApiError {
  const bytes = new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
  return apiErrorOf({ status, headers, body: bytes }, 'GET /api/v1/pods');
}

/** As kube-apiserver 1.37 answers a status patch with another pod's UID. */
const wrongUid = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'Pod "web" is invalid: metadata.uid: Invalid value: "a": field is immutable',
  reason: 'Invalid',
  details: {
    name: 'web',
    kind: 'Pod',
    causes: [
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: "a": field is immutable',
        field: 'metadata.uid',
      },
    ],
  },
  code: 422,
};

test('a Status becomes an error with its reason, causes and object', () => {
  const error = answer(422, wrongUid);
  expect(error).toMatchObject({
    name: 'ApiError',
    status: 422,
    reason: 'Invalid',
    message: wrongUid.message,
    details: { name: 'web', kind: 'Pod' },
    causes: wrongUid.details.causes,
  });
  expect(isInvalid(error)).toBe(true);
  expect(isInvalid(error, 'metadata.uid')).toBe(true);
  expect(isInvalid(error, 'status.podIPs')).toBe(false);
});

function failure(code: number, reason: string): ApiError {
  return answer(code, { kind: 'Status', apiVersion: 'v1', message: 'no', reason, code });
}

const predicates = {
  isNotFound,
  isAlreadyExists,
  isConflict,
  isGone,
  isForbidden,
  isUnauthorized,
  isThrottled,
  isInvalid,
};

test.each([
  [404, 'NotFound', 'isNotFound'],
  [409, 'AlreadyExists', 'isAlreadyExists'],
  [409, 'Conflict', 'isConflict'],
  [410, 'Expired', 'isGone'],
  [410, 'Gone', 'isGone'],
  [403, 'Forbidden', 'isForbidden'],
  [401, 'Unauthorized', 'isUnauthorized'],
  [429, 'TooManyRequests', 'isThrottled'],
  [422, 'Invalid', 'isInvalid'],
])('%i %s is %s and nothing else', (code, reason, name) => {
  const error = failure(code, reason);
  const matching = Object.entries(predicates).filter(([, matches]) => matches(error));
  expect(matching.map(([key]) => key)).toEqual([name]);
});

test('no predicate holds for anything else that is thrown', () => {
  for (const thrown of [undefined, null, 'x', new Error('x'), { status: 404, reason: 'NotFound' }])
    for (const matches of Object.values(predicates)) expect(matches(thrown)).toBe(false);
});

test('an answer without a Status is judged by its HTTP status', () => {
  expect(isNotFound(answer(404, '404 page not found', { 'content-type': 'text/plain' }))).toBe(true);
  expect(isConflict(answer(409, ''))).toBe(true);
});

test('a short plain text is shown, a page of HTML is not', () => {
  const plain = answer(404, '404 page not found\n', { 'content-type': 'text/plain; charset=utf-8' });
  expect(plain.message).toBe('GET /api/v1/pods was answered with 404: 404 page not found');
  const html = answer(502, '<html>', { 'content-type': 'text/html' });
  expect(html.message).toBe('GET /api/v1/pods was answered with 502');
});

test('Retry-After comes from the header, else from the Status', () => {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    code: 504,
    details: { retryAfterSeconds: 1 },
  };
  expect(answer(504, status).retryAfter).toBe(1000);
  expect(answer(504, status, { 'retry-after': '7' }).retryAfter).toBe(7000);
  expect(answer(429, 'x', { 'retry-after': '0' }).retryAfter).toBe(0);
});

test.each(['', '-1', '1.5', 'Wed, 21 Oct 2026 07:28:00 GMT', '99999999999999999999'])(
  'Retry-After "%s" counts as absent',
  (value) => expect(answer(429, 'x', { 'retry-after': value }).retryAfter).toBeUndefined(),
);

test.each([
  { kind: 'Status', apiVersion: 'v1' },
  { kind: 'Status', apiVersion: 'v1', message: 7, reason: null, code: 'x', details: 'y' },
  { kind: 'Status', apiVersion: 'v1', details: { causes: [null, 3, { field: 4 }], name: [] } },
])('a Status of wrong types (%j) still gives an error', (body) => {
  const error = answer(500, body);
  expect(error).toMatchObject({ status: 500, reason: '', details: {} });
  expect(error.message).toBe('the API server answered 500');
});

test('messages of any length are cut', () => {
  const error = answer(422, { kind: 'Status', apiVersion: 'v1', message: 'm'.repeat(100_000) });
  expect(error.message).toHaveLength(2_000);
});
