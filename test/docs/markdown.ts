/**
 * Reads what a page of documentation claims: fenced blocks of YAML (files), shell (commands) and console
 * (what they print). CommonMark fences only; a YAML block that begins with a comment naming a file
 * (`# shop.yaml`) is that file.
 */

export interface Block {
  readonly language: string;
  readonly text: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
}

/** All fenced blocks of a page, in order. An unclosed fence is an error of the page. */
export function fencedBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { language: string; indent: number; line: number; lines: string[] } | undefined;
  markdown.split('\n').forEach((line, index) => {
    const fence = /^(\s*)```(\S*)/.exec(line);
    if (fence && !open) {
      open = { language: fence[2] ?? '', indent: (fence[1] ?? '').length, line: index + 1, lines: [] };
    } else if (fence && open) {
      blocks.push({ language: open.language, text: open.lines.join('\n'), line: open.line });
      open = undefined;
    } else if (open) open.lines.push(line.slice(open.indent));
  });
  if (open) throw new Error(`line ${open.line}: the fence is never closed`);
  return blocks;
}

/** The name of the file that a YAML block is, from its first line `# name.yaml`. */
export const fileOf = (block: Block): string | undefined =>
  /^#\s+([\w./-]+\.ya?ml)\s*$/m.exec(block.text.split('\n')[0] ?? '')?.[1];

/** The commands of a shell block: one a line, `\` at the end joins, comments and empty lines left out. */
export const commandsOf = (block: Block): string[] =>
  block.text
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/^\$ /, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

/**
 * Whether what was printed is what the page shows. Each line shown must be printed, in that order; `…` stands
 * for anything within a line, a line of `…` alone for any lines. Runs of spaces count as one.
 */
export function missingLine(shown: string, printed: string): string | undefined {
  const squeeze = (line: string) => line.replace(/\s+/g, ' ').trim();
  const lines = printed.split('\n').map(squeeze);
  let from = 0;
  for (const wanted of shown.split('\n').map(squeeze)) {
    if (wanted === '' || wanted === '…') continue;
    const pattern = new RegExp(
      `^${wanted
        .split('…')
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*')}$`,
    );
    const at = lines.findIndex((line, index) => index >= from && pattern.test(line));
    if (at < 0) return wanted;
    from = at + 1;
  }
  return undefined;
}
