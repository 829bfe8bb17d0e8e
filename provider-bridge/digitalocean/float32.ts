/**
 * The real provider holds some numbers as 32 bit floats: what it reads as 0.2 is 0.20000000298023224 in the state, and
 * what it sends of that is 0.2 again.
 */
export function shortestFloat32(value: number): number {
  const float = Math.fround(value);
  for (let digits = 1; digits <= 9; digits++) {
    const candidate = Number(float.toPrecision(digits));
    if (Math.fround(candidate) === float) return candidate;
  }
  return float;
}
