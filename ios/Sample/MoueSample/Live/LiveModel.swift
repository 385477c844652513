// The state of the live screen: which source runs, what it shows, and what the user has chosen. It draws nothing and knows no view.

import AVFoundation
import Moue
import Observation
import UIKit

/// Ties a source of frames to a session, and follows both.
@MainActor
@Observable
final class LiveModel {
    /// What is on the screen.
    enum Phase: Equatable {
        /// The camera has not been asked for yet.
        case asking
        /// The user refused; only the settings can change that.
        case refused
        /// There is neither a camera nor a clip.
        case noCamera
        case starting
        case running
        /// In the background.
        case stopped
        case interrupted(SourceEvent.Interruption)
        case failed(String)
    }

    private(set) var phase = Phase.starting
    /// The newest result, or the one that is frozen.
    private(set) var result: FrameResult?
    private(set) var isFrozen = false
    private(set) var camera: Camera?
    private(set) var clip: ClipPlayer?
    private(set) var position = AVCaptureDevice.Position.front
    /// The face that the panel tells of; `nil` for the largest.
    private(set) var chosen: LiveFace.ID?

    private var session: MoueSession?
    /// Counts starts, so that one that was overtaken while it waited gives up.
    private var starts = 0
    private var tasks: [Task<Void, Never>] = []
    private var announcer = Announcer()

    /// The face that the panel tells of.
    var focus: LiveFace? {
        guard let faces = result?.faces else { return nil }
        let largest = faces.max { $0.face.bounds.width < $1.face.bounds.width }
        return faces.first { $0.id == chosen } ?? largest
    }

    /// Whether the preview is a mirror.
    var isMirrored: Bool { camera?.position == .front }

    /// Chooses the face that the preview shows at this place of a view of this size; beside all of them, none.
    func choose(at place: CGPoint, in size: CGSize) {
        guard let result,
            let transform = try? ViewTransform(frameSize: result.frameSize, viewSize: size, scale: .fill, mirrored: isMirrored)
        else { return }
        chosen = result.faces.first { (try? transform.rect($0.face.bounds))?.contains(place) ?? false }?.id
    }

    /// Looks at the permission and starts where it is given; does nothing where a start is under way or done.
    func appear() async {
        guard starts == 0 || phase == .stopped else { return }
        switch AVCaptureDevice.authorizationStatus(for: .video) {
        case .authorized: await start()
        case .notDetermined: phase = .asking
        default: phase = .refused
        }
    }

    /// Asks the system for the camera.
    func ask() async {
        if await AVCaptureDevice.requestAccess(for: .video) {
            await start()
        } else {
            phase = .refused
        }
    }

    func switchCamera() async {
        position = position == .front ? .back : .front
        stop()
        await start()
    }

    /// Holds the picture and its readings, or lets them go on.
    func freeze() {
        isFrozen.toggle()
        clip?.hold(isFrozen)
        if isFrozen {
            try? session?.pause()
        } else {
            try? session?.resume()
        }
    }

    /// Takes the face in focus as relaxed, or forgets that.
    func toggleBaseline() {
        guard let face = focus else { return }
        if face.calibration == .none {
            try? session?.calibrate(face.id)
        } else {
            try? session?.forgetBaseline(face.id)
        }
    }

    /// Starts the camera on the chosen side, or the clip where there is none.
    func start() async {
        stop()
        starts += 1
        let start = starts
        phase = .starting
        let camera = Camera(position)
        let clip = camera == nil ? await ClipPlayer.bundled() : nil
        guard start == starts else { return }
        guard let source: any FrameSource = camera ?? clip else {
            phase = .noCamera
            return
        }
        do {
            var options = LiveOptions()
            options.fieldOfView = camera?.fieldOfView
            let session = try await Self.open(options)
            guard start == starts else { return }
            (self.camera, self.clip, self.session) = (camera, clip, session)
            follow(session, source)
        } catch {
            phase = .failed(error.localizedDescription)
        }
    }

    /// Ends the session and gives the camera back.
    func stop() {
        for task in tasks { task.cancel() }
        tasks = []
        camera?.stop()
        clip?.stop()
        session?.close()
        (camera, clip, session) = (nil, nil, nil)
        result = nil
        isFrozen = false
        phase = .stopped
    }

    /// Loads the networks away from the main thread.
    private nonisolated static func open(_ options: LiveOptions) async throws -> MoueSession {
        try MoueSession(options: options)
    }

    private func follow(_ session: MoueSession, _ source: any FrameSource) {
        tasks = [
            Task { [weak self] in
                for await result in session.results {
                    self?.show(result)
                }
                if let failure = session.failure { self?.phase = .failed(failure.localizedDescription) }
            },
            Task { [weak self] in
                for await event in source.start(into: session) where !Task.isCancelled {
                    self?.hear(event)
                }
            },
            Task {
                try? session.setThermal(ThermalLevel(ProcessInfo.processInfo.thermalState))
                let changes = NotificationCenter.default.notifications(named: ProcessInfo.thermalStateDidChangeNotification)
                for await _ in changes.map({ _ in () }) {
                    try? session.setThermal(ThermalLevel(ProcessInfo.processInfo.thermalState))
                }
            },
        ]
    }

    private func show(_ result: FrameResult) {
        guard !isFrozen else { return }
        self.result = result
        let label = focus?.face.reading.verdict.localizedName
        if let words = announcer.hear(label, at: ProcessInfo.processInfo.systemUptime) {
            UIAccessibility.post(notification: .announcement, argument: words)
        }
    }

    private func hear(_ event: SourceEvent) {
        phase =
            switch event {
            case .running: .running
            case .interrupted(let why): .interrupted(why)
            case .failed(let message): .failed(message)
            }
    }
}

extension ThermalLevel {
    /// The system's own steps.
    init(_ state: ProcessInfo.ThermalState) {
        self =
            switch state {
            case .nominal: .nominal
            case .fair: .fair
            case .serious: .serious
            case .critical: .critical
            @unknown default: .serious
            }
    }
}
