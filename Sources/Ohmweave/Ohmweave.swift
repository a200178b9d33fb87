// One import for those who use Ohmweave as a library.
@_exported import Circuits
@_exported import Crossbar
@_exported import DeviceModels
@_exported import Networks
@_exported import PhysicalUnits
@_exported import Training

@_exported import struct InputOutput.InputError
@_exported import struct InputOutput.InputErrors
@_exported import struct InputOutput.RunError
@_exported import struct LinearAlgebra.Matrix
@_exported import struct Randomness.StreamKey
