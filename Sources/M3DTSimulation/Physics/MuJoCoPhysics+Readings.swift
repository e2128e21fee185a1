import CMuJoCo

/// What can be read off the physics. All of it was computed in the last step.
extension MuJoCoPhysics {
    /// The readings of all sensors.
    var sensors: UnsafeMutablePointer<Double> { data.pointee.sensordata }

    /// A body's rotation, a matrix of nine numbers row by row.
    func bodyRotation(_ body: Int) -> UnsafeMutablePointer<Double> { data.pointee.xmat + 9 * body }

    /// A body's centre of mass, in metres.
    func bodyCentre(_ body: Int) -> UnsafeMutablePointer<Double> { data.pointee.xipos + 3 * body }

    /// Where a geometry is, in metres.
    func geometryPosition(_ geometry: Int) -> UnsafeMutablePointer<Double> { data.pointee.geom_xpos + 3 * geometry }

    /// A geometry's rotation, a matrix of nine numbers row by row.
    func geometryRotation(_ geometry: Int) -> UnsafeMutablePointer<Double> { data.pointee.geom_xmat + 9 * geometry }

    /// Where a site is, in metres.
    func sitePosition(_ site: Int) -> UnsafeMutablePointer<Double> { data.pointee.site_xpos + 3 * site }

    /// Where a joint turns, in metres.
    func jointAnchor(_ joint: Int) -> UnsafeMutablePointer<Double> { data.pointee.xanchor + 3 * joint }

    /// Contacts at the moment.
    var contactCount: Int { Int(data.pointee.ncon) }
}
