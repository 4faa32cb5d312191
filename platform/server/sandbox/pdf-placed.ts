type Item = { readonly str: string; readonly transform: readonly number[]; readonly width: number; readonly height: number; readonly hasEOL: boolean };
type Items = readonly (object & Partial<Item>)[];

/** The text of a page in the order in which its file draws it. */
export function textOf(items: Items): string {
  return items.map((item) => (item.str === undefined ? '' : item.hasEOL ? `${item.str}\n` : item.str)).join('');
}

/** The text of a page from top to bottom and from left to right: a file may draw its letters in any order. */
export function textAsPlaced(items: Items): string {
  const placed: Placed[] = [];
  for (const { str, transform, width = 0, height = 0 } of items)
    if (str !== undefined && str !== '') placed.push({ str, x: transform?.[4] ?? 0, y: transform?.[5] ?? 0, width, height });
  placed.sort((a, b) => b.y - a.y);
  return linesOf(placed)
    .map((line) => lineText(line.sort((a, b) => a.x - b.x)))
    .join('\n');
}

type Placed = { readonly str: string; readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** What stands less than half its height lower belongs to the same line. */
function linesOf(placed: readonly Placed[]): Placed[][] {
  const lines: Placed[][] = [];
  let top = 0;
  for (const item of placed) {
    const line = lines.at(-1);
    if (line !== undefined && top - item.y <= item.height / 2) line.push(item);
    else {
      lines.push([item]);
      top = item.y;
    }
  }
  return lines;
}

function lineText(line: readonly Placed[]): string {
  let text = '';
  let end = -Infinity;
  for (const item of line) {
    if (item.x - end > item.height / 5 && text !== '') text += ' ';
    text += item.str;
    end = item.x + item.width;
  }
  return text;
}
