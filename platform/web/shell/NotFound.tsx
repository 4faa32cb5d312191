import { ButtonLink } from '../ui/Button.tsx';
import { Page } from '../ui/Page.tsx';

/** Also shown for what the reader may not know of: both look the same. */
export function NotFound() {
  return (
    <Page
      path={['Nothing here']}
      title="There is nothing at this address."
      lede="It may have moved or ended, or it is not open to you, or not any more. Whoever sent you here can say which."
      actions={
        <ButtonLink variant="filled" to="/">
          Go to Home
        </ButtonLink>
      }
    />
  );
}
