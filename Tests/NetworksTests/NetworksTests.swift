import Testing

@Suite struct NetworksTests {}
