import type { Authentication, Credentials } from './credentials.js';

interface Merged {
  readonly inputs: readonly Authentication[];
  readonly authentication: Authentication;
}

/** The first part that has a field gives it. */
function merge(inputs: readonly Authentication[]): Authentication {
  return inputs.reduceRight<Authentication>((merged, input) => ({ ...merged, ...input }), {});
}

/** Several credentials used together, such as a token, a client certificate and impersonation. Earlier parts win. */
export function combinedCredentials(parts: readonly Credentials[]): Credentials {
  let last: Merged | undefined;
  const inputsOf = new WeakMap<Authentication, readonly Authentication[]>();

  const current = async (): Promise<Authentication> => {
    const inputs = await Promise.all(parts.map((part) => part.current()));
    const known = last;
    if (known?.inputs.every((input, i) => input === inputs[i])) return known.authentication;
    const authentication = merge(inputs);
    inputsOf.set(authentication, inputs);
    last = { inputs, authentication };
    return authentication;
  };

  return {
    current,
    async unauthorized(used) {
      const inputs = inputsOf.get(used) ?? [];
      const changed = await Promise.all(
        parts.map(async (part, i) => {
          const input = inputs[i];
          return input !== undefined && part.unauthorized(input);
        }),
      );
      return changed.includes(true);
    },
    close: () => parts.forEach((part) => part.close()),
  };
}
