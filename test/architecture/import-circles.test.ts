import { findCircles } from "./import-circles";

const edges = (...texts: string[]) => texts.map((text) => ({ from: text[0]!, to: text[1]! }));

test("arrows in one direction have no circle, however often they meet", () => {
  expect(findCircles(edges("ab", "ac", "bd", "cd", "de", "aa"))).toEqual([]);
});

test("a circle is told once, by its shortest way, also behind what only leads to it", () => {
  expect(findCircles(edges("xa", "ab", "bc", "ca", "cb"))).toEqual(["a -> b -> c -> a"]);
});

test("circles that do not reach each other both ways are told apart", () => {
  expect(findCircles(edges("ab", "ba", "bc", "cd", "dc"))).toEqual(["a -> b -> a", "c -> d -> c"]);
});
