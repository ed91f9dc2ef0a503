-- A file's earlier saves are listed on its page, whatever draft they were made in.
create index release_save_path on housekeeping.release_save (path, id);
