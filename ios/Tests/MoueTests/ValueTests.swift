// Values, views, pixel formats, and the words for people in every language.

import Foundation
import XCTest

@testable import Moue

final class ValueTests: XCTestCase {
    func testTheLibraryTellsItsVersionAndKernels() throws {
        XCTAssertEqual(try MoueLibrary.version.split(separator: ".").count, 3)
        XCTAssertFalse(try MoueLibrary.kernels.isEmpty)
    }

    func testThePrivacyManifestIsInTheBundle() throws {
        let url = try XCTUnwrap(Bundle.moue.url(forResource: "PrivacyInfo", withExtension: "xcprivacy"))
        XCTAssertTrue(try String(contentsOf: url, encoding: .utf8).contains("NSPrivacyTracking"))
    }

    func testAScreenReaderIsToldHowManyFacesThereAreAndWhatTheyShow() throws {
        let bundle = try bundle("de")
        XCTAssertEqual(localizedSummary(of: [], in: bundle), "Kein Gesicht")
        let face = try XCTUnwrap(MoueAnalyzer().analyze(Picture.astronaut().data, Picture.astronaut().layout).first)
        XCTAssertEqual(localizedSummary(of: [face], in: bundle), "1 Gesicht, fröhlich")
        XCTAssertEqual(localizedSummary(of: [face, face], in: bundle), "2 Gesichter, fröhlich, fröhlich")
    }

    func testEachScoreIsReadFromItsOwnField() {
        let scores = Scores(angry: 1, disgust: 2, fear: 3, happy: 4, sad: 5, surprise: 6, neutral: 7)
        XCTAssertEqual(FacialExpression.allCases.map { scores[$0] }, [1, 2, 3, 4, 5, 6, 7])
        XCTAssertEqual(scores.best, .neutral)
        XCTAssertEqual(Scores(fear: 0.5, happy: 0.5).best, .fear)
    }

    func testAMirroredViewThatFillsPutsAFaceWhereAHandMeasuresIt() throws {
        // 480 x 640 in a view of 300 x 500: fill scales by 500 / 640 and cuts (480 * 0.78125 - 300) / 2 = 37.5 off each side.
        let (frame, view) = (CGSize(width: 480, height: 640), CGSize(width: 300, height: 500))
        let plain = try ViewTransform(frameSize: frame, viewSize: view, scale: .fill)
        XCTAssertEqual(try plain.rect(CGRect(x: 96, y: 64, width: 128, height: 128)), CGRect(x: 37.5, y: 50, width: 100, height: 100))
        let mirrored = try ViewTransform(frameSize: frame, viewSize: view, scale: .fill, mirrored: true)
        XCTAssertEqual(try mirrored.rect(CGRect(x: 96, y: 64, width: 128, height: 128)), CGRect(x: 162.5, y: 50, width: 100, height: 100))
        XCTAssertEqual(try mirrored.point(CGPoint(x: 96, y: 64)), CGPoint(x: 262.5, y: 50))
        // Fit scales by 300 / 480 and leaves (500 - 400) / 2 above.
        let fit = try ViewTransform(frameSize: frame, viewSize: view, scale: .fit)
        XCTAssertEqual(try fit.point(CGPoint(x: 0, y: 0)), CGPoint(x: 0, y: 50))
        assertThrows(.badInput, "above 0") { try ViewTransform(frameSize: frame, viewSize: .zero, scale: .fit) }
    }

    func testPixelBuffersOfFiveFormatsAreReadAndOthersAreNamed() throws {
        let expected: [(String, PixelFormat, LumaRange?, Int)] = [
            ("420f", .luma, .full, 1), ("420v", .luma, .video, 1), ("xf20", .p010, .full, 2), ("x420", .p010, .video, 2),
            ("BGRA", .bgra, nil, 4),
        ]
        for (name, format, range, bytes) in expected {
            let kind = try PixelBufferKind(code: code(name))
            let layout = kind.layout(width: 30, height: 20, rowStride: 192, orientation: .right)
            XCTAssertEqual(layout, FrameLayout(format, width: 30, height: 20, rowStride: 192, orientation: .right, range: range))
            XCTAssertEqual(kind.byteCount(layout), 19 * 192 + 30 * bytes)
            // The native code takes as many bytes and not one less.
            let data = Data(count: kind.byteCount(layout))
            XCTAssertNoThrow(try MoueAnalyzer().analyze(data, layout))
            assertThrows(.badInput, "\(data.count - 1) bytes") { try MoueAnalyzer().analyze(data.dropLast(), layout) }
        }
        assertThrows(.badInput, "\"2vuy\"", "420f") { try PixelBufferKind(code: code("2vuy")) }
        assertThrows(.badInput, "\"24\"") { try PixelBufferKind(code: 24) }
    }

    func testEveryWordIsThereInEveryLanguageAndPlaceholdersAreFilled() throws {
        var words: [String: [String]] = [:]
        for language in ["en", "de", "fr", "es", "ja", "ar"] {
            let bundle = try bundle(language)
            var texts = FacialExpression.allCases.map { $0.localizedName(in: bundle) }
            texts += UnsureReason.allCases.map { $0.localizedName(in: bundle) }
            XCTAssertEqual(Set(texts).count, texts.count, "\(language) says two things alike")
            for text in texts {
                XCTAssertFalse(text.hasPrefix("expression.") || text.hasPrefix("reason."), "\(language) lacks \(text)")
            }
            let unsure = Verdict.unsure(.blurred).localizedName(in: bundle)
            XCTAssertTrue(unsure.contains(UnsureReason.blurred.localizedName(in: bundle)), unsure)
            XCTAssertFalse(unsure.contains("%@"), unsure)
            words[language] = texts
        }
        XCTAssertEqual(words["de"]?[3], "fröhlich")
        XCTAssertEqual(words["ja"]?[3], "喜び")
        XCTAssertEqual(Set(words.values.map(\.first)).count, words.count)
    }

    func testAnErrorHasASentenceForPeopleAndOneForDevelopers() throws {
        for kind in MoueError.Kind.allCases {
            let error: any LocalizedError = MoueError(kind, "the width is 0")
            XCTAssertEqual(error.failureReason, "the width is 0")
            let sentence = try XCTUnwrap(error.errorDescription)
            XCTAssertFalse(sentence.hasPrefix("error."), sentence)
            XCTAssertEqual(error.localizedDescription, sentence)
        }
    }

    private func bundle(_ language: String) throws -> Bundle {
        let path = try XCTUnwrap(Bundle.moue.path(forResource: language, ofType: "lproj"), "no \(language)")
        return try XCTUnwrap(Bundle(path: path))
    }

    private func code(_ name: String) -> UInt32 {
        name.utf8.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
