import './Tier.css';

/** How strong the measures must be: three bars filled from below, and the number. */
export function Tier({ tier }: { tier: number }) {
  return (
    <span className={`tier t${tier}`}>
      <i aria-hidden="true">
        <b />
        <b />
        <b />
      </i>
      <span className="vh">Tier </span>
      {tier}
    </span>
  );
}
