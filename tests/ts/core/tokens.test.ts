// The look's promise: text keeps 4.5:1 on the grounds it stands on, borders of controls 3:1, in both themes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync("apps/core/static/core/tokens.css", "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
const [light, rest] = css.split("@media (prefers-color-scheme: dark)") as [string, string];
const dark = rest.split("@media")[0]!;

function tokensOf(block: string): Map<string, string> {
  return new Map([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, value]) => [name!, value!]));
}

const themes = { light: tokensOf(light), dark: new Map([...tokensOf(light), ...tokensOf(dark)]) };

/** Relative luminance of #rrggbb, as WCAG 2.2 defines it. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

const TEXT: [string, string[]][] = [
  ["ink", ["ground", "surface", "sunk", "accent-tint", "accent-tint-hover"]],
  ["ink-soft", ["ground", "surface", "sunk"]],
  ["accent-ink", ["ground", "surface", "sunk", "accent-tint", "accent-tint-hover"]],
  ["on-accent", ["accent", "accent-hover"]],
  ["danger", ["ground", "surface", "danger-tint"]],
  ["on-danger", ["danger", "danger-hover"]],
  ["stage-ink", ["stage", "stage-raised", "stage-glow"]],
  ["stage-ink-soft", ["stage", "stage-raised", "stage-glow"]],
  ["stage-on-accent", ["stage-accent"]],
];
const PARTS: [string, string[]][] = [
  ["line-strong", ["ground", "surface", "sunk"]],
  ["accent", ["ground", "surface", "sunk"]],
  ["stage-accent", ["stage", "stage-raised"]],
  ["stage-line", ["stage"]],
];

for (const [theme, tokens] of Object.entries(themes)) {
  const hold = (pairs: [string, string[]][], least: number): void => {
    for (const [front, grounds] of pairs) {
      for (const ground of grounds) {
        const ratio = contrast(tokens.get(front)!, tokens.get(ground)!);
        assert.ok(ratio >= least, `${theme}: --${front} on --${ground} is ${ratio.toFixed(2)}:1, needs ${least}:1`);
      }
    }
  };
  test(`in the ${theme} theme text keeps 4.5:1 on every ground it stands on`, () => hold(TEXT, 4.5));
  test(`in the ${theme} theme what one acts on keeps 3:1 against its surroundings`, () => hold(PARTS, 3));
}

test("the dark theme names every colour that the light one has, but for the stage, which is dark in both", () => {
  const missing = [...themes.light.keys()].filter((name) => !name.startsWith("stage") && !tokensOf(dark).has(name));
  assert.deepEqual(missing, []);
});
