"""What is wrong with a foreign metric or evaluator: `audited` feeds it problems with known answers."""
