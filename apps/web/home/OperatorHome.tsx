import { people } from '#features/people/contract.ts';
import { useRead } from '#platform/web/operations.ts';
import { useMay } from '#platform/web/shell/index.ts';
import { ButtonLink, NextSteps, Notice, Page, Section } from '#platform/web/ui/index.ts';
import { todayInWords } from './today.ts';

/** Home of who runs the program or audits it, and sees no secret. */
export function OperatorHome() {
  const me = useRead(people.me, {});
  const mayInvite = useMay('people:invite');
  const mayAudit = useMay('evidence:entries');
  const mayList = useMay('people:list');
  const steps = [
    ...(mayAudit
      ? [
          {
            text: 'Read the ledger, check an entry in your own browser, and take a checkpoint with you.',
            action: (
              <ButtonLink size="small" to="/ledger">
                Open the ledger
              </ButtonLink>
            ),
          },
        ]
      : []),
    ...(mayInvite
      ? [
          {
            text: 'Invite those who know what the secrets are: counsel and owners come first.',
            action: (
              <ButtonLink size="small" to="/people/invite">
                Invite somebody
              </ButtonLink>
            ),
          },
        ]
      : []),
    ...(mayList
      ? [
          {
            text: 'See who works here, what they may ask for, and whose sign-in hangs on a password alone.',
            action: (
              <ButtonLink size="small" to="/people">
                See the people
              </ButtonLink>
            ),
          },
        ]
      : []),
  ];
  return (
    <Page path={['Home', todayInWords()]} title="What you can do here." documentTitle="Home" lede="Your role runs or checks the program. It opens no secret.">
      {me.data?.secondFactor === false && (
        <Notice kind="gap" action={<ButtonLink to="/my-sign-in">Add an app</ButtonLink>}>
          <p>Your sign-in hangs on a password alone. With an authenticator app, a stolen password opens nothing.</p>
        </Notice>
      )}
      <Section title="Next steps" plain>
        <div className="measure">
          <NextSteps steps={steps} />
        </div>
      </Section>
    </Page>
  );
}
