module cdk8s-canary.bench/measure

go 1.26.0
