/** A cell's text: pipes and line breaks would end it. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** A table; columns are as wide as their content, so that the text reads well too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line), ''].join('\n');
}

/** Text as code, or nothing. */
export function code(text: string | undefined): string {
  return text === undefined || text === '' ? '' : `\`${text}\``;
}

/** First lines of a generated page. */
export function page(title: string, intro: string): string {
  return `# ${title}\n\n<!-- Made by \`npm run generate\`; edit the table in the code instead. -->\n\n${intro}\n\n`;
}
