import M3DTModel
import M3DTTasks

/// The prompt that an episode is played with.
struct PromptKey: Hashable {
    let task: String
    /// The row of the task's prompts.
    let row: Int
}

/// The prompt caches of all prompts used so far.
///
/// A batch of many steps mostly has the same prompts as the one before it, so the last batch's are kept joined.
final class PromptBank {
    private var caches: [PromptKey: PromptCache] = [:]
    private var joined: (keys: [PromptKey], cache: PromptCache)?

    /// The joined caches of the given prompts; those seen for the first time are computed.
    func cache(of keys: [PromptKey], compute: (PromptKey) throws -> PromptCache) throws -> PromptCache {
        if let joined, joined.keys == keys { return joined.cache }
        let cache = try PromptCache.joined(
            keys.map { key in
                if let known = caches[key] { return known }
                let cache = try compute(key)
                caches[key] = cache
                return cache
            })
        joined = (keys, cache)
        return cache
    }
}
