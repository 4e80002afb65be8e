{-# LANGUAGE OverloadedStrings, ScopedTypeVariables #-}
-- The library postgresql-simple.
module Main (main) where

import Control.Exception (try)
import Control.Monad (forM_, unless, void)
import Database.PostgreSQL.Simple
import Database.PostgreSQL.Simple.Copy
import Database.PostgreSQL.Simple.Notification
import System.Environment (getArgs, lookupEnv)
import System.Exit (ExitCode (ExitFailure), exitWith)

expect :: (Eq a, Show a) => a -> a -> IO ()
expect found wanted = unless (found == wanted) $ fail (show found ++ " instead of " ++ show wanted)

type Task = Connection -> IO ()

tasks :: [(String, Task)]
tasks =
  [ ("connect", \_ -> pure ())
  , ("scram", \c -> (query_ c "SELECT 1" :: IO [Only Int]) >>= expect [Only 1])
  , ("simple", \c -> (query_ c "SELECT id, name FROM items WHERE id <= 1" :: IO [(Int, String)]) >>= expect [(1, "item 1")])
  , ("parameters", \c -> (query c "SELECT id FROM items WHERE id = ? OR name = ?" (2 :: Int, "item 5" :: String) :: IO [Only Int]) >>= expect [Only 2, Only 5])
  , ("batch", \c -> executeMany c "INSERT INTO notes VALUES (?, ?)" [(1 :: Int, "a" :: String), (2, "b")] >>= expect 2)
  , ("error", failing)
  , ("copy", copying)
  , ("notify", notifying)
  , ("cursor", \c -> fold_ c "SELECT id, name FROM items" 0 (\n (_ :: Int, _ :: String) -> pure (n + 1 :: Int)) >>= expect 20)
  , ("large", large)
  ]

failing :: Task
failing c = do
  begin c
  done <- try (query_ c "SELECT 1 / 0" :: IO [Only Int])
  either (\e -> expect (sqlState e) "22012") (const (fail "no error")) done
  rollback c
  (query_ c "SELECT 1" :: IO [Only Int]) >>= expect [Only 1]

copying :: Task
copying c = do
  copy_ c "COPY notes FROM STDIN"
  forM_ ["1\tone\n", "2\ttwo\n"] (putCopyData c)
  putCopyEnd c >>= expect 2
  copy_ c "COPY notes TO STDOUT"
  void (getCopyData c) >> void (getCopyData c) >> void (getCopyData c)

notifying :: Task
notifying c = do
  void (execute_ c "LISTEN news")
  void (execute_ c "NOTIFY news, 'hello'")
  getNotification c >>= expect "hello" . notificationData

large :: Task
large c = do
  rows <- maybe 100 read <$> lookupEnv "ROWS"
  found <- query c "SELECT i, md5(i::text) FROM generate_series(1, ?) AS i" (Only (rows :: Int)) :: IO [(Int, String)]
  expect (length found) rows

main :: IO ()
main = do
  args <- getArgs
  case args of
    ["version"] -> putStrLn "postgresql-simple"
    [name] | Just task <- lookup name tasks -> do
      c <- connectPostgreSQL ""
      task c
      close c
    _ -> exitWith (ExitFailure 77)
