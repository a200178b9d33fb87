import Circuits
import DeviceModels
import LinearAlgebra
import NumericalMethods
import PhysicalUnits
import Testing

@Suite struct ArrayOutputsTests {
  @Test("few vectors are solved one by one, many by effective conductances, with the same currents")
  func choice() throws {
    let (g, _) = WiredArrayTests.random(33, 20, seed: 4)
    let circuit = ArrayCircuit(try WiredArray(conductances: g, wires: WiredArrayTests.wires(5)))
    let inputs = Matrix(
      rowCount: 90, columnCount: 33, elements: (0..<90 * 33).map { Double($0 % 37) / 37 - 0.4 })
    let many = try circuit.outputs(inputs, tolerance: 1e-11)
    #expect(many.method == "effective conductances" && many.residual < 1e-8)
    let few = try circuit.outputs(inputs.block(rows: 0..<6, columns: 0..<33), tolerance: 1e-11)
    #expect(few.method.hasPrefix("sweeps by lines") && few.residual <= 1e-11)
    #expect(
      WiredArrayTests.distance(few.currents.elements, Array(many.currents.elements[..<120])) < 1e-9)
    #expect(
      circuit.plain(.read(Array(repeating: 1, count: 33), columns: 20))?.array.uniformWires != nil)
    var nonlinear = circuit
    nonlinear.law = CellLaw(.sinh(steepness: 2))
    #expect(try nonlinear.outputs(inputs).method.hasPrefix("Newton"))
    var odd = circuit
    odd.wordFarEnd = .connected(Ohms(5))
    #expect(try odd.outputs(inputs).method.hasPrefix("sparse Cholesky"))
  }
}
