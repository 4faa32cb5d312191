import { ButtonLink, Page } from '#platform/web/ui/index.ts';
import { todayInWords } from './today.ts';

/** Home of whose password was set anew and who was not confirmed yet: everything is closed, and why. */
export function InDoubtHome() {
  return (
    <Page
      path={['Home', todayInWords()]}
      title="A colleague has to confirm that it is you."
      documentTitle="Home"
      lede="Your password was set anew, by a link or by who holds the machine of the server. Until somebody other than who did that confirms you under People, nothing opens here. Give them a ring: administrators, counsel, security and owners can."
      actions={<ButtonLink to="/my-sign-in">My sign-in</ButtonLink>}
    />
  );
}
