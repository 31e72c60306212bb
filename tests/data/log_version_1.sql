-- An outcome log as version 1 made it, with triggers, turns and propensities.
BEGIN TRANSACTION;
CREATE TABLE about (
	name VARCHAR(50) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "about" VALUES('kind','matcher outcome log');
INSERT INTO "about" VALUES('version','1');
CREATE TABLE adjustments (
	id INTEGER NOT NULL, 
	date DATE NOT NULL, 
	weights JSON, 
	"before" JSON, 
	reason TEXT NOT NULL, 
	action VARCHAR(20) NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT known_action CHECK (action IN ('accepted', 'rolled_back'))
);
INSERT INTO "adjustments" VALUES(1,'2026-10-05','{"values": 2.0, "complementarity": 0.0, "goals": 0.0, "expectations": 0.0, "communication": 0.0, "trust": 2.0, "culture": 0.0}',NULL,'trust counts','accepted','2026-11-02 12:00:00.000000');
CREATE TABLE entries (
	id INTEGER NOT NULL, 
	seeker VARCHAR(200) NOT NULL, 
	candidate VARCHAR(200) NOT NULL, 
	stage VARCHAR(20) NOT NULL, 
	date DATE NOT NULL, 
	seeker_rating FLOAT, 
	candidate_rating FLOAT, 
	reason TEXT NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	corrects INTEGER, 
	is_void BOOLEAN NOT NULL, 
	turn INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT known_stage CHECK (stage IN ('invited', 'declined', 'replied', 'met', 'agreed', 'active', 'renewed', 'ended')), 
	CONSTRAINT seeker_rating_range CHECK (seeker_rating >= 1 AND seeker_rating <= 5), 
	CONSTRAINT candidate_rating_range CHECK (candidate_rating >= 1 AND candidate_rating <= 5), 
	CONSTRAINT entries_key UNIQUE (seeker, candidate, stage, date, turn), 
	CONSTRAINT entries_pair CHECK (seeker <> candidate), 
	UNIQUE (corrects), 
	FOREIGN KEY(corrects) REFERENCES entries (id)
);
INSERT INTO "entries" VALUES(1,'a','b','met','2026-11-01',4.0,NULL,'fair','2026-11-02 12:00:00.000000',NULL,0,0);
INSERT INTO "entries" VALUES(2,'a','c','agreed','2026-10-01',NULL,NULL,'','2026-11-02 12:00:00.000000',NULL,0,0);
INSERT INTO "entries" VALUES(3,'c','d','declined','2026-09-01',NULL,NULL,'','2026-11-02 12:00:00.000000',NULL,0,0);
INSERT INTO "entries" VALUES(4,'a','b','agreed','2026-11-01',4.0,NULL,'fair','2026-11-02 12:00:00.000000',1,0,0);
INSERT INTO "entries" VALUES(5,'c','d','declined','2026-09-01',NULL,NULL,'typed twice','2026-11-02 12:00:00.000000',3,1,1);
INSERT INTO "entries" VALUES(6,'c','d','declined','2026-09-01',NULL,NULL,'','2026-11-02 12:00:00.000000',NULL,0,2);
CREATE TABLE reviews (
	id INTEGER NOT NULL, 
	seeker VARCHAR(200) NOT NULL, 
	candidate VARCHAR(200) NOT NULL, 
	side VARCHAR(20) NOT NULL, 
	date DATE NOT NULL, 
	goals_reached FLOAT, 
	communication FLOAT, 
	trust FLOAT, 
	benefit FLOAT, 
	indicators_on_track FLOAT, 
	changes_wanted TEXT NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	corrects INTEGER, 
	is_void BOOLEAN NOT NULL, 
	turn INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT known_side CHECK (side IN ('seeker', 'candidate')), 
	CONSTRAINT goals_reached_range CHECK (goals_reached >= 1 AND goals_reached <= 5), 
	CONSTRAINT communication_range CHECK (communication >= 1 AND communication <= 5), 
	CONSTRAINT trust_range CHECK (trust >= 1 AND trust <= 5), 
	CONSTRAINT benefit_range CHECK (benefit >= 1 AND benefit <= 5), 
	CONSTRAINT indicators_on_track_range CHECK (indicators_on_track >= 1 AND indicators_on_track <= 5), 
	CONSTRAINT reviews_key UNIQUE (seeker, candidate, side, date, turn), 
	CONSTRAINT reviews_pair CHECK (seeker <> candidate), 
	UNIQUE (corrects), 
	FOREIGN KEY(corrects) REFERENCES reviews (id)
);
INSERT INTO "reviews" VALUES(1,'a','c','seeker','2026-10-20',NULL,NULL,4.0,3.5,NULL,'','2026-11-02 12:00:00.000000',NULL,0,0);
CREATE TABLE runs (
	id VARCHAR(200) NOT NULL, 
	date DATE, 
	recorded_at DATETIME NOT NULL, 
	config TEXT NOT NULL, 
	ranker TEXT NOT NULL, 
	seed INTEGER NOT NULL, 
	k INTEGER NOT NULL, 
	n_seekers INTEGER NOT NULL, 
	exploration FLOAT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES('earlier','2026-10-01','2026-11-02 12:00:00.000000','seed = 3
','WeightedRanker',3,1,2,0.25);
CREATE TABLE shown (
	run VARCHAR(200) NOT NULL, 
	seeker VARCHAR(200) NOT NULL, 
	candidate VARCHAR(200) NOT NULL, 
	rank INTEGER NOT NULL, 
	score FLOAT, 
	mutual FLOAT, 
	seeker_gain FLOAT, 
	candidate_gain FLOAT, 
	propensity FLOAT NOT NULL, 
	PRIMARY KEY (run, seeker, candidate), 
	CONSTRAINT propensity_range CHECK (propensity > 0 AND propensity <= 1), 
	FOREIGN KEY(run) REFERENCES runs (id)
);
INSERT INTO "shown" VALUES('earlier','a','b',1,0.9,0.8,0.7,0.9,1.0);
INSERT INTO "shown" VALUES('earlier','b','a',1,0.7,0.6,NULL,0.7,0.25);
CREATE VIEW outcomes AS
SELECT id, seeker, candidate, stage, date, seeker_rating, candidate_rating, reason, recorded_at FROM entries
WHERE NOT is_void AND NOT EXISTS (SELECT 1 FROM entries AS later WHERE later.corrects = entries.id);
CREATE TRIGGER about_update_guard BEFORE UPDATE ON about BEGIN SELECT RAISE(ABORT, 'about: rows are only ever added'); END;
CREATE TRIGGER about_delete_guard BEFORE DELETE ON about BEGIN SELECT RAISE(ABORT, 'about: rows are only ever added'); END;
CREATE TRIGGER about_replace_guard_0 BEFORE INSERT ON about WHEN EXISTS (SELECT 1 FROM about WHERE name = NEW.name) BEGIN SELECT RAISE(ABORT, 'about: rows are only ever added; this one is there'); END;
CREATE TRIGGER adjustments_update_guard BEFORE UPDATE ON adjustments BEGIN SELECT RAISE(ABORT, 'adjustments: rows are only ever added'); END;
CREATE TRIGGER adjustments_delete_guard BEFORE DELETE ON adjustments BEGIN SELECT RAISE(ABORT, 'adjustments: rows are only ever added'); END;
CREATE TRIGGER adjustments_replace_guard_0 BEFORE INSERT ON adjustments WHEN EXISTS (SELECT 1 FROM adjustments WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'adjustments: rows are only ever added; this one is there'); END;
CREATE TRIGGER entries_update_guard BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries: rows are only ever added'); END;
CREATE TRIGGER entries_delete_guard BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries: rows are only ever added'); END;
CREATE TRIGGER entries_replace_guard_0 BEFORE INSERT ON entries WHEN EXISTS (SELECT 1 FROM entries WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'entries: rows are only ever added; this one is there'); END;
CREATE TRIGGER entries_replace_guard_1 BEFORE INSERT ON entries WHEN EXISTS (SELECT 1 FROM entries WHERE corrects = NEW.corrects) BEGIN SELECT RAISE(ABORT, 'entries: rows are only ever added; this one is there'); END;
CREATE TRIGGER entries_replace_guard_2 BEFORE INSERT ON entries WHEN EXISTS (SELECT 1 FROM entries WHERE seeker = NEW.seeker AND candidate = NEW.candidate AND stage = NEW.stage AND date = NEW.date AND turn = NEW.turn) BEGIN SELECT RAISE(ABORT, 'entries: rows are only ever added; this one is there'); END;
CREATE TRIGGER reviews_update_guard BEFORE UPDATE ON reviews BEGIN SELECT RAISE(ABORT, 'reviews: rows are only ever added'); END;
CREATE TRIGGER reviews_delete_guard BEFORE DELETE ON reviews BEGIN SELECT RAISE(ABORT, 'reviews: rows are only ever added'); END;
CREATE TRIGGER reviews_replace_guard_0 BEFORE INSERT ON reviews WHEN EXISTS (SELECT 1 FROM reviews WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'reviews: rows are only ever added; this one is there'); END;
CREATE TRIGGER reviews_replace_guard_1 BEFORE INSERT ON reviews WHEN EXISTS (SELECT 1 FROM reviews WHERE corrects = NEW.corrects) BEGIN SELECT RAISE(ABORT, 'reviews: rows are only ever added; this one is there'); END;
CREATE TRIGGER reviews_replace_guard_2 BEFORE INSERT ON reviews WHEN EXISTS (SELECT 1 FROM reviews WHERE seeker = NEW.seeker AND candidate = NEW.candidate AND side = NEW.side AND date = NEW.date AND turn = NEW.turn) BEGIN SELECT RAISE(ABORT, 'reviews: rows are only ever added; this one is there'); END;
CREATE TRIGGER runs_update_guard BEFORE UPDATE ON runs BEGIN SELECT RAISE(ABORT, 'runs: rows are only ever added'); END;
CREATE TRIGGER runs_delete_guard BEFORE DELETE ON runs BEGIN SELECT RAISE(ABORT, 'runs: rows are only ever added'); END;
CREATE TRIGGER runs_replace_guard_0 BEFORE INSERT ON runs WHEN EXISTS (SELECT 1 FROM runs WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'runs: rows are only ever added; this one is there'); END;
CREATE TRIGGER shown_update_guard BEFORE UPDATE ON shown BEGIN SELECT RAISE(ABORT, 'shown: rows are only ever added'); END;
CREATE TRIGGER shown_delete_guard BEFORE DELETE ON shown BEGIN SELECT RAISE(ABORT, 'shown: rows are only ever added'); END;
CREATE TRIGGER shown_replace_guard_0 BEFORE INSERT ON shown WHEN EXISTS (SELECT 1 FROM shown WHERE run = NEW.run AND seeker = NEW.seeker AND candidate = NEW.candidate) BEGIN SELECT RAISE(ABORT, 'shown: rows are only ever added; this one is there'); END;
COMMIT;
