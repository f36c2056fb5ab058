import { describe, expect, test } from 'vitest';
import { virtualKubelet } from '../command.test-kit.js';
import type { Actions } from './program.js';
import { buildProgram } from './program.js';

/** What the command says to words that it does not understand. */
async function refusal(line: string): Promise<unknown> {
  const program = buildProgram(
    { run: async () => undefined, version: async () => undefined } as Partial<Actions> as Actions,
    '0',
  );
  const words = line === '' ? [] : line.split(' ');
  return program.parseAsync(words, { from: 'user' }).then(
    () => 'understood',
    (error: unknown) => error,
  );
}

describe('a command line that makes no sense', () => {
  test.each([
    ['--nodenam x', 'there is no option --nodenam', 'did you mean --nodename? "virtual-kubelet run --help" lists'],
    ['run --provdier mock', 'there is no option --provdier', 'did you mean --provider?'],
    ['--log-level-of-everything', 'there is no option --log-level-of-everything', 'see "virtual-kubelet run --help"'],
    ['-x', 'there is no option -x', 'see "virtual-kubelet run --help"'],
    ['config print --bogus', 'there is no option --bogus', 'see "virtual-kubelet config print --help"'],
    ['rnu', 'there is no command "rnu"', 'did you mean run?'],
    ['verison', 'there is no command "verison"', 'did you mean version?'],
    ['start everything', 'there is no command "start"', 'see "virtual-kubelet --help"'],
    ['config prnt', 'there is no command "prnt"', 'did you mean print?'],
    ['config', 'virtual-kubelet config needs one of: print, validate, schema', 'see "virtual-kubelet config --help"'],
    ['--nodename x config', 'the command config has to stand before its options', 'see "virtual-kubelet --help"'],
    ['run extra', 'virtual-kubelet run takes no argument "extra"', 'see "virtual-kubelet run --help"'],
    ['version extra', 'virtual-kubelet version takes no argument "extra"', 'see "virtual-kubelet version --help"'],
    ['providers mock extra', 'virtual-kubelet providers takes no argument "extra"', ''],
    ['--provider', '--provider <value> is missing', 'see "virtual-kubelet run --help"'],
    ['version -o yaml', '--output: "yaml" is not one of: text, json', 'see "virtual-kubelet version --help"'],
    [
      'completion',
      'virtual-kubelet completion needs one of: bash, zsh, fish, powershell',
      'see "virtual-kubelet completion --help"',
    ],
    ['completion tcsh', '"tcsh" is not one of: bash, zsh, fish, powershell', '"virtual-kubelet completion --help"'],
    ['completion powershel', '"powershel" is not one of: bash', 'did you mean powershell?'],
  ])('"%s" is refused with: %s; %s', async (line, problem, remedy) => {
    expect(await refusal(line)).toMatchObject({
      code: 'VK_USAGE',
      exit: 2,
      message: expect.stringContaining(problem) as unknown,
      remedy: expect.stringContaining(remedy) as unknown,
    });
  });

  test.each(['', 'run', 'version', 'version -o json', '--nodename x', 'run --nodename x'])(
    '"%s" makes sense',
    async (line) => {
      expect(await refusal(line)).toBe('understood');
    },
  );

  test('ends with status 2, one cause, one remedy and the code', async () => {
    expect(await virtualKubelet(['--nodenam', 'x'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error: there is no option --nodenam\n' +
        'remedy: did you mean --nodename? "virtual-kubelet run --help" lists what there is\n' +
        'code: VK_USAGE\n',
    });
  });
});
