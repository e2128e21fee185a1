import CMuJoCo

extension MuJoCoModel {
    /// A copy of a model for drawing: in the given size, with a bright sky and floor and a robot that stands out.
    ///
    /// Where things are comes from the state that is drawn, so that a target is seen where a task has moved it.
    /// - Parameter showsTarget: What is called the target is seen; it is the task's business, not the robot's.
    /// - Throws: ``SimulationError`` where there is not enough memory.
    convenience init(dressing model: MuJoCoModel, width: Int, height: Int, showsTarget: Bool) throws {
        try self.init(copying: model) { copy in
            copy.pointee.vis.global.offwidth = Int32(width)
            copy.pointee.vis.global.offheight = Int32(height)
            // OSMesa has no buffers with several samples for a pixel.
            copy.pointee.vis.quality.offsamples = 0
            Dressing.paint(copy, showsTarget: showsTarget)
        }
    }
}

/// Colours and light.
private enum Dressing {
    typealias Model = UnsafeMutablePointer<mjModel>
    /// Red, green and blue, each 0 ... 255.
    typealias Colour = (red: Double, green: Double, blue: Double)
    /// The same in a texture.
    typealias Pixel = (UInt8, UInt8, UInt8)

    private static let horizon: Colour = (246, 249, 252)
    private static let zenith: Colour = (176, 200, 225)
    private static let lightTile: Colour = (226, 230, 236)
    private static let darkTile: Colour = (196, 203, 213)
    /// From the torso to the feet.
    private static let bodyParts: [Colour] = [(237, 115, 41), (96, 120, 150), (70, 93, 124), (50, 70, 100)]
    /// What the robot acts with, or on: a finger, a ball.
    private static let effector: Colour = (196, 48, 74)
    private static let eye: Colour = (35, 45, 62)
    /// What does not move, but for the floor.
    private static let stone: Colour = (150, 158, 170)
    private static let target: Colour = (38, 166, 91)
    /// What is inside a target can be seen.
    private static let targetOpacity: Float = 0.7
    private static let reflectance: Float = 0.08

    static func paint(_ model: Model, showsTarget: Bool) {
        for texture in 0..<Int(model.pointee.ntex) { repaint(texture, of: model) }
        for geometry in 0..<Int(model.pointee.ngeom) {
            if name(of: geometry, mjOBJ_GEOM, in: model) == "target" {
                paintTarget(model.pointee.geom_rgba + 4 * geometry, isSeen: showsTarget)
                model.pointee.geom_matid[geometry] = -1
            } else {
                repaint(geometry: geometry, of: model)
            }
        }
        for site in 0..<Int(model.pointee.nsite) where isTarget(site: site, of: model) {
            paintTarget(model.pointee.site_rgba + 4 * site, isSeen: showsTarget)
            model.pointee.site_matid[site] = -1
            // Those of higher groups are not drawn.
            model.pointee.site_group[site] = 0
        }
        for material in 0..<Int(model.pointee.nmat) {
            model.pointee.mat_reflectance[material] = reflectance
            model.pointee.mat_specular[material] = 0.1
        }
        light(model)
    }

    /// Gives new colours to the models' sky, a gradient from bright to dark, and floor, of bright and dark tiles.
    private static func repaint(_ texture: Int, of model: Model) {
        let isSky = model.pointee.tex_type[texture] == Int32(mjTEXTURE_SKYBOX.rawValue)
        let isFloor = model.pointee.tex_type[texture] == Int32(mjTEXTURE_2D.rawValue)
        guard isSky || isFloor, model.pointee.tex_nchannel[texture] == 3 else { return }
        let pixels = Int(model.pointee.tex_width[texture]) * Int(model.pointee.tex_height[texture])
        let start = model.pointee.tex_data + Int(model.pointee.tex_adr[texture])
        let end = start + 3 * pixels

        // Millions of pixels, but only 256 kinds: loops without iterators, which are slow where code is not optimised.
        var occurs = [Bool](repeating: false, count: 256)
        var pixel = start
        while pixel < end {
            occurs[Int(pixel[0])] = true
            pixel += 3
        }
        let colours = isSky ? skyColours(occurs) : floorColours(occurs)
        // In a sky that is darker than white, what is white is a star, and takes the colour beside it.
        let star = isSky && brightest(occurs) <= 250 ? 255 : 256
        var last = brightest(occurs)
        pixel = start
        while pixel < end {
            if pixel[0] != star { last = Int(pixel[0]) }
            (pixel[0], pixel[1], pixel[2]) = colours[last]
            pixel += 3
        }
    }

    /// The largest red that occurs and is not white.
    private static func brightest(_ occurs: [Bool]) -> Int { occurs.prefix(255).lastIndex(of: true) ?? 255 }

    private static func skyColours(_ occurs: [Bool]) -> [Pixel] {
        let brightest = Double(max(brightest(occurs), 1))
        return (0..<256).map { pixel(mixed(zenith, horizon, min(Double($0) / brightest, 1))) }
    }

    private static func floorColours(_ occurs: [Bool]) -> [Pixel] {
        let middle = (brightest(occurs) + (occurs.firstIndex(of: true) ?? 0)) / 2
        return (0..<256).map { pixel($0 > middle ? lightTile : darkTile) }
    }

    private static func repaint(geometry: Int, of model: Model) {
        let rgba = model.pointee.geom_rgba + 4 * geometry
        if model.pointee.geom_type[geometry] == Int32(mjGEOM_PLANE.rawValue) {
            // Keeps its tiles.
            set(rgba, (255, 255, 255))
            return layFloor(geometry, of: model)
        }
        set(rgba, colour(ofGeometry: geometry, in: model))
        model.pointee.geom_matid[geometry] = -1
    }

    /// A strip to run on becomes an endless floor. One that nothing bumps into can be seen through, since what moves may be beneath it.
    private static func layFloor(_ geometry: Int, of model: Model) {
        let size = model.pointee.geom_size + 3 * geometry
        if size[0] > 10 * size[1] { (size[0], size[1]) = (0, 0) }
        if model.pointee.opt.disableflags & Int32(mjDSBL_CONSTRAINT.rawValue) != 0 {
            model.pointee.geom_rgba[4 * geometry + 3] = 0.5
        }
    }

    private static func colour(ofGeometry geometry: Int, in model: Model) -> Colour {
        let body = Int(model.pointee.geom_bodyid[geometry])
        if body == 0 { return stone }
        switch name(of: Int(model.pointee.geom_matid[geometry]), mjOBJ_MATERIAL, in: model) {
        case "effector": return effector
        case "eye": return eye
        default: return bodyParts[min(depth(of: body, in: model), bodyParts.count) - 1]
        }
    }

    /// The site is the target, or what is to be brought there.
    private static func isTarget(site: Int, of model: Model) -> Bool {
        name(of: site, mjOBJ_SITE, in: model) == "target"
            || name(of: Int(model.pointee.site_matid[site]), mjOBJ_MATERIAL, in: model) == "target"
    }

    private static func paintTarget(_ rgba: UnsafeMutablePointer<Float>, isSeen: Bool) {
        set(rgba, target)
        rgba[3] = isSeen ? targetOpacity : 0
    }

    /// Nothing for a part without a name, or where there is none.
    private static func name(of part: Int, _ kind: mjtObj, in model: Model) -> String? {
        guard part >= 0, let name = mj_id2name(model, Int32(kind.rawValue), Int32(part)) else { return nil }
        return String(cString: name)
    }

    private static func light(_ model: Model) {
        model.pointee.vis.headlight.ambient = (0.35, 0.35, 0.35)
        model.pointee.vis.headlight.diffuse = (0.35, 0.35, 0.35)
        model.pointee.vis.headlight.specular = (0.1, 0.1, 0.1)
        for light in 0..<Int(model.pointee.nlight) {
            for channel in 0..<3 { model.pointee.light_diffuse[3 * light + channel] = 0.55 }
            model.pointee.light_directional[light] = 1
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

    private static func pixel(_ colour: Colour) -> Pixel {
        (UInt8(colour.red), UInt8(colour.green), UInt8(colour.blue))
    }

    private static func set(_ rgba: UnsafeMutablePointer<Float>, _ colour: Colour) {
        rgba[0] = Float(colour.red / 255)
        rgba[1] = Float(colour.green / 255)
        rgba[2] = Float(colour.blue / 255)
        rgba[3] = 1
    }
}
