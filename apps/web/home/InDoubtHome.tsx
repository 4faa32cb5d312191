import { ButtonLink, Page } from '#platform/web/ui/index.ts';
import { todayInWords } from './today.ts';

/** Home of who has a password by a link and was not confirmed yet: everything is closed, and why. */
export function InDoubtHome() {
  return (
    <Page
      path={['Home', todayInWords()]}
      title="A colleague has to confirm that it is you."
      documentTitle="Home"
      lede="Your password was set by a link. Until somebody other than the one who made it confirms you under People, nothing opens here. Give them a ring: administrators, counsel, security and owners can."
      actions={<ButtonLink to="/my-sign-in">My sign-in</ButtonLink>}
    />
  );
}
