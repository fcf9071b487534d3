/**
 * The one import of cdk8s-plus, so that a package for another version of cdk8s-plus differs from this one in one line.
 */
export * from 'cdk8s-plus-27';
