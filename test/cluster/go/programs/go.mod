module cdk8s-canary.test/cluster/programs

go 1.24
