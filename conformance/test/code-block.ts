import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The repository's root. */
export const ROOT = join(__dirname, '..', '..');

/** The code block that follows a marker `<!-- name -->` in a page. @param page Path from the root. */
export function codeBlock(page: string, name: string): string {
  const found = new RegExp(`<!-- ${name} -->\\s*\`\`\`\\w*\\n([\\s\\S]*?)\`\`\``).exec(readFileSync(join(ROOT, page), 'utf8'));
  if (!found?.[1]) throw new Error(`${page} has no code block after <!-- ${name} -->`);
  return found[1];
}
