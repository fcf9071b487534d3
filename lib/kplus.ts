/** The one import of cdk8s-plus. `scripts/plus-packages` builds the packages for other versions by rewriting this line. */
export * from 'cdk8s-plus-27';
