export const TIERS = [
  { value: '1', label: 'Tier 1', hint: 'Its loss would hurt' },
  { value: '2', label: 'Tier 2', hint: 'Its loss would cost a market' },
  { value: '3', label: 'Tier 3', hint: 'The crown jewels' },
];
