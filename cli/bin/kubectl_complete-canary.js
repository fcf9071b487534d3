#!/usr/bin/env node
// kubectl asks a program of this name what may follow; the command answers.
process.argv.splice(2, 0, '__complete');
require('./kubectl-canary.js');
