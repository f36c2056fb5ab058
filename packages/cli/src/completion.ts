import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** Adds `completion <shell>` and the hidden command the shells call, from the program's own options and choices. */
export function addCompletion(program: Command): void {
  tab(program, { completionCommandName: 'completion' });
}
