/** Words at the end of a variable's name that say that its value is a secret. */
const SECRET_NAME =
  /(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|(^|_)CREDENTIALS?|_PWD|_PASS|(API|ACCESS|AUTH|ENCRYPTION|HMAC|JWT|MASTER|PRIVATE|SECRET|SIGNING)_?KEY|SECRET_KEY_BASE)(_?\d+)?(_VALUE)?$/;

/** Values that are no secrets whatever their name says: switches, paths, addresses, and references to another variable or to a secret store. */
const HARMLESS: readonly RegExp[] = [
  /^(true|false|yes|no|on|off|none|null|enabled|disabled)$/i,
  /^(\/[\w.-]+){2,}\/?$/,
  /^[a-z][a-z0-9+.-]*:\/\/[^@\s]*$/i,
  /^\$[({][^)}]*[)}]$/,
  /^(vault:|arn:|ref\+\w+:|projects\/[^/]+\/secrets\/)/,
];

/** A password in an address, which is no reference to another variable, and a private key. */
const SECRET_VALUE = /:\/\/[^\s/:@]*:(?!\$[({])[^\s/@]+@|-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/**
 * Whether the value of an environment variable looks like a secret, by the name of the variable or by the value. Everything that a synth
 * writes goes to Git, so such a value belongs in a Secret.
 */
export function isSecretVariable(name: string, value: string): boolean {
  if (value === '') {
    return false;
  }
  return SECRET_VALUE.test(value) || (SECRET_NAME.test(inCapitals(name)) && !HARMLESS.some((pattern) => pattern.test(value)));
}

/** `dbPassword`, `db.password` and `db-password` are `DB_PASSWORD`. */
function inCapitals(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}
