import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { auditPosition, readAudit } from './audit.js';

test('the audit log is read from a mark on, and a line that is still being written later', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vk-audit-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'audit.log');
  expect([auditPosition(file), readAudit(file)]).toEqual([0, []]);
  writeFileSync(file, '{"verb":"get"}\n');
  const mark = auditPosition(file);
  appendFileSync(file, '{"verb":"list"}\n{"verb":"wa');
  expect(readAudit(file, mark).map(({ verb }) => verb)).toEqual(['list']);
  appendFileSync(file, 'tch"}\n');
  expect(readAudit(file).map(({ verb }) => verb)).toEqual(['get', 'list', 'watch']);
});
