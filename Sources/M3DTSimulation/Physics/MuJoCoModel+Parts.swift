import CMuJoCo

extension MuJoCoModel {
    /// The number of a geometry.
    ///
    /// - Throws: ``SimulationError/partMissing(name:model:)``.
    func geometry(named geometry: String) throws -> Int { try part(geometry, of: mjOBJ_GEOM) }

    /// The number of a site.
    ///
    /// - Throws: ``SimulationError/partMissing(name:model:)``.
    func site(named site: String) throws -> Int { try part(site, of: mjOBJ_SITE) }

    /// Where a joint's coordinates begin among the positions.
    ///
    /// - Throws: ``SimulationError/partMissing(name:model:)``.
    func position(ofJoint joint: String) throws -> Int {
        Int(pointer.pointee.jnt_qposadr[try part(joint, of: mjOBJ_JOINT)])
    }

    /// Where a joint begins among the velocities.
    ///
    /// - Throws: ``SimulationError/partMissing(name:model:)``.
    func velocity(ofJoint joint: String) throws -> Int {
        Int(pointer.pointee.jnt_dofadr[try part(joint, of: mjOBJ_JOINT)])
    }

    /// Where a sensor's first number is among the readings.
    ///
    /// - Throws: ``SimulationError/partMissing(name:model:)``.
    func sensor(named sensor: String) throws -> Int {
        Int(pointer.pointee.sensor_adr[try part(sensor, of: mjOBJ_SENSOR)])
    }

    /// The three half-sizes of a geometry, in metres.
    func size(ofGeometry geometry: Int) -> UnsafeMutablePointer<Double> { pointer.pointee.geom_size + 3 * geometry }

    /// The three half-sizes of a site, in metres.
    func size(ofSite site: Int) -> UnsafeMutablePointer<Double> { pointer.pointee.site_size + 3 * site }

    /// Where a geometry is in its body, in metres.
    func place(ofGeometry geometry: Int) -> UnsafeMutablePointer<Double> { pointer.pointee.geom_pos + 3 * geometry }

    /// Where a site is in its body, in metres.
    func place(ofSite site: Int) -> UnsafeMutablePointer<Double> { pointer.pointee.site_pos + 3 * site }
}
