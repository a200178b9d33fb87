import Testing

@Suite struct CrossbarTests {}
