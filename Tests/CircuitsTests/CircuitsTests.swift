import Testing

@Suite struct CircuitsTests {}
