import CMuJoCo

extension MuJoCoModel {
    /// A copy of a model for drawing: in the given size, with a bright sky and floor and a robot that stands out.
    ///
    /// - Throws: ``SimulationError`` where there is not enough memory.
    convenience init(dressing model: MuJoCoModel, width: Int, height: Int) throws {
        try self.init(copying: model) { copy in
            copy.pointee.vis.global.offwidth = Int32(width)
            copy.pointee.vis.global.offheight = Int32(height)
            // OSMesa has no buffers with several samples for a pixel.
            copy.pointee.vis.quality.offsamples = 0
            Dressing.paint(copy)
        }
    }
}

/// Colours and light.
private enum Dressing {
    typealias Model = UnsafeMutablePointer<mjModel>
    /// Red, green and blue, each 0 ... 255.
    typealias Colour = (red: Double, green: Double, blue: Double)

    private static let horizon: Colour = (246, 249, 252)
    private static let zenith: Colour = (176, 200, 225)
    private static let lightTile: Colour = (226, 230, 236)
    private static let darkTile: Colour = (196, 203, 213)
    /// From the torso to the feet.
    private static let bodyParts: [Colour] = [(237, 115, 41), (96, 120, 150), (70, 93, 124), (50, 70, 100)]
    private static let reflectance: Float = 0.08

    static func paint(_ model: Model) {
        for texture in 0..<Int(model.pointee.ntex) { repaint(texture, of: model) }
        for geometry in 0..<Int(model.pointee.ngeom) { repaint(geometry: geometry, of: model) }
        for material in 0..<Int(model.pointee.nmat) {
            model.pointee.mat_reflectance[material] = reflectance
            model.pointee.mat_specular[material] = 0.1
        }
        light(model)
    }

    /// Gives new colours to the models' sky, a gradient from white to black, and floor, of white and black tiles.
    private static func repaint(_ texture: Int, of model: Model) {
        let kind = model.pointee.tex_type[texture]
        let channels = Int(model.pointee.tex_nchannel[texture])
        guard channels == 3 else { return }
        let pixels = Int(model.pointee.tex_width[texture]) * Int(model.pointee.tex_height[texture])
        let start = model.pointee.tex_data + Int(model.pointee.tex_adr[texture])
        for pixel in 0..<pixels {
            let brightness = Double(start[channels * pixel]) / 255
            let colour: Colour
            switch kind {
            case Int32(mjTEXTURE_SKYBOX.rawValue): colour = mixed(zenith, horizon, brightness)
            case Int32(mjTEXTURE_2D.rawValue): colour = brightness > 0.4 ? lightTile : darkTile
            default: return
            }
            start[channels * pixel] = UInt8(colour.red)
            start[channels * pixel + 1] = UInt8(colour.green)
            start[channels * pixel + 2] = UInt8(colour.blue)
        }
    }

    private static func repaint(geometry: Int, of model: Model) {
        let body = Int(model.pointee.geom_bodyid[geometry])
        guard body > 0 else { return set(model.pointee.geom_rgba + 4 * geometry, (255, 255, 255)) }
        let depth = min(depth(of: body, in: model), bodyParts.count)
        set(model.pointee.geom_rgba + 4 * geometry, bodyParts[depth - 1])
        model.pointee.geom_matid[geometry] = -1
    }

    private static func light(_ model: Model) {
        model.pointee.vis.headlight.ambient = (0.35, 0.35, 0.35)
        model.pointee.vis.headlight.diffuse = (0.35, 0.35, 0.35)
        model.pointee.vis.headlight.specular = (0.1, 0.1, 0.1)
        for light in 0..<Int(model.pointee.nlight) {
            for channel in 0..<3 { model.pointee.light_diffuse[3 * light + channel] = 0.55 }
            // From behind the camera's left shoulder, so that the shadow is seen.
            model.pointee.light_dir[3 * light] = 0.3
            model.pointee.light_dir[3 * light + 1] = 0.4
        }
    }

    /// Bodies on the way from the ground to a body.
    private static func depth(of body: Int, in model: Model) -> Int {
        var (depth, current) = (0, body)
        while current > 0 {
            current = Int(model.pointee.body_parentid[current])
            depth += 1
        }
        return depth
    }

    private static func mixed(_ first: Colour, _ second: Colour, _ share: Double) -> Colour {
        func mix(_ a: Double, _ b: Double) -> Double { a + share * (b - a) }
        return (mix(first.red, second.red), mix(first.green, second.green), mix(first.blue, second.blue))
    }

    private static func set(_ rgba: UnsafeMutablePointer<Float>, _ colour: Colour) {
        rgba[0] = Float(colour.red / 255)
        rgba[1] = Float(colour.green / 255)
        rgba[2] = Float(colour.blue / 255)
        rgba[3] = 1
    }
}
