// Draws Markdown as GitHub does: node render.mjs FOLDER CHROMIUM, for every *.md in FOLDER, light and dark, at 1100 and
// at 400 pixels.

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { marked } from "marked";
import { chromium } from "playwright-core";

const [folder, executablePath] = process.argv.slice(2);
const style = readFileSync(createRequire(import.meta.url).resolve("github-markdown-css/github-markdown.css"), "utf8");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".md"))) {
    const body = marked.parse(readFileSync(join(folder, file), "utf8"), { gfm: true });
    for (const colorScheme of ["light", "dark"]) {
      for (const width of [1100, 400]) {
        const page = await browser.newPage({ colorScheme, viewport: { width, height: 100 } });
        await page.setContent(
          `<!doctype html><meta charset="utf-8"><style>${style} body { margin: 0 } article { padding: 16px }</style>` +
            `<article class="markdown-body">${body}</article>`,
        );
        const path = join(folder, `${file.slice(0, -3)}-${colorScheme}-${width}.png`);
        await page.screenshot({ path, fullPage: true });
        await page.close();
      }
    }
  }
} finally {
  await browser.close();
}
