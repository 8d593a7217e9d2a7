"""What is wrong with a foreign metric, ranking function or evaluator: `audited` feeds it problems with known answers."""
