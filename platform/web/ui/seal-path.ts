/** The milled edge of a seal as an SVG path: a circle whose radius swings `depth` about `radius`, `teeth` times. */
export function sealEdge(centre: number, radius: number, depth: number, teeth: number): string {
  const steps = teeth * 5;
  const points: string[] = [];
  for (let step = 0; step < steps; step++) {
    const angle = (step / steps) * 2 * Math.PI;
    const reach = radius + depth * Math.cos(angle * teeth);
    points.push(`${(centre + reach * Math.sin(angle)).toFixed(2)} ${(centre - reach * Math.cos(angle)).toFixed(2)}`);
  }
  return `M${points.join('L')}Z`;
}
