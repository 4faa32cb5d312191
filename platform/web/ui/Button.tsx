import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Icon } from './Icon.tsx';
import type { IconName } from './Icon.tsx';
import { Link } from './Link.tsx';
import './Button.css';

type Look = {
  /** One filled button a view; the others are outlined. `destructive` only where something is destroyed. */
  variant?: 'filled' | 'outlined' | 'destructive' | undefined;
  /** `small` in rows, `wide` fills its column. */
  size?: 'small' | 'wide' | undefined;
  icon?: IconName | undefined;
  children: ReactNode;
};
export type ButtonProps = Look & Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> & { busy?: boolean | undefined };
export type ButtonLinkProps = Look & { to: string; className?: string | undefined; download?: boolean | string | undefined };

function look({ variant = 'outlined', size }: Pick<Look, 'variant' | 'size'>, className?: string) {
  return ['btn', variant === 'outlined' ? 'second' : variant === 'destructive' ? 'danger' : '', size === 'small' ? 's' : (size ?? ''), className ?? '']
    .filter(Boolean)
    .join(' ');
}

/** Its label says the act ("Mend 2 gaps"). While `busy` it keeps its place and its focus, and does nothing. */
export function Button({ variant, size, icon, busy, children, className, onClick, type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={look({ variant, size }, className)}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => (busy ? event.preventDefault() : onClick?.(event))}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** Looks like a button, goes like a link. `download` leaves the app's router alone. */
export function ButtonLink({ variant, size, icon, children, className, ...rest }: ButtonLinkProps) {
  return (
    <Link {...rest} className={look({ variant, size }, className)}>
      {icon && <Icon name={icon} />}
      {children}
    </Link>
  );
}

/** An act inside a line of text. */
export function TextButton({ children, className, type = 'button', ...rest }: ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button {...rest} type={type} className={className ? `linkish ${className}` : 'linkish'}>
      {children}
    </button>
  );
}
